"""Agreement: how far clusters fall together with groups that are known.

Belongs here: purity and mutual information of two lists of labels. Does not belong here: clustering.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

_DIGITS = 4


def agreement(clusters: Sequence[int], groups: Sequence[str], against: str) -> dict[str, str | int | float]:
    """Says how well clusters tell groups apart.

    ``purity`` is the share of captions whose group is their cluster's most frequent one, ``alone`` what one cluster
    of everything would have, ``nmi`` the mutual information over the mean entropy: 0 = unrelated, 1 = the same.
    Purity rises with the number of clusters, the other does not.

    Args:
        clusters: cluster of each caption, at least one.
        groups: group of each caption.
        against: what the groups are.

    Source: Manning, Raghavan, Schütze, "Introduction to Information Retrieval" (2008), section 16.3.
    """
    from sklearn.metrics import normalized_mutual_info_score

    pairs = Counter(zip(clusters, groups, strict=True))
    purest: Counter[int] = Counter()
    for (cluster, _), count in pairs.items():
        purest[cluster] = max(purest[cluster], count)
    sizes = Counter(groups)
    # The stubs of sklearn know arrays only.
    shared = float(cast("Any", normalized_mutual_info_score)(list(groups), list(clusters)))
    return {
        "against": against,
        "groups": len(sizes),
        "purity": round(purest.total() / len(groups), _DIGITS),
        "alone": round(max(sizes.values()) / len(groups), _DIGITS),
        "nmi": round(shared, _DIGITS),
    }
