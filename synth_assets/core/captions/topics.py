"""Topics: captions grouped by what they talk about, and laid out on a map.

Lemmas → TF-IDF → TruncatedSVD → KMeans with k by the elbow → t-SNE, all on one thread: sums in a
changing order would give other bytes in every run.

Belongs here: texts to vectors, the names of clusters, and the whole way. Does not belong here: k-means and k
(``grouping.py``), the map (``projection.py``), rows and files (``clusters.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from synth_assets.core.captions.grouping import GroupingParams, group_vectors
from synth_assets.core.captions.lemmas import english_stop_words, lemmatise
from synth_assets.core.captions.projection import MapParams, lay_out

_NO_WORDS = "(no words)"


class ClusterParams(GroupingParams, MapParams):
    """How captions are clustered; see the bases for k-means and the map.

    Attributes:
        components: dimensions after TruncatedSVD; fewer where the captions have fewer.
        seed: of everything random.
        stop_words: left out besides the usual English ones.
        name_terms: terms in a cluster's name.
        thumbnails: pictures on the interactive map; further points show their caption only.
    """

    components: PositiveInt = 50
    seed: int = Field(default=42, ge=0)
    stop_words: tuple[str, ...] = ("photo", "picture", "image")
    name_terms: PositiveInt = 3
    thumbnails: int = Field(default=2_000, ge=0)


@dataclass(frozen=True)
class Clustering:
    """Captions, clustered.

    Attributes:
        labels: (N,) int cluster of each caption; 0 is the largest cluster.
        names: a name for each cluster, from its top terms.
        points: (N, 2) float64 place on the t-SNE map.
        mapped: indices of the captions that t-SNE laid out itself; the others lie beside those most like them.
        inertias: of KMeans for k = 1, 2, …
        silhouettes: mean silhouette for k = 2, 3, …
        vocabulary: number of distinct lemmas.
        components: dimensions KMeans worked in.
    """

    labels: NDArray[np.int64]
    names: tuple[str, ...]
    points: NDArray[np.float64]
    mapped: NDArray[np.int64]
    inertias: tuple[float, ...]
    silhouettes: tuple[float, ...]
    vocabulary: int
    components: int


def cluster_texts(texts: Sequence[str], params: ClusterParams) -> Clustering:
    """Gives the clusters of some captions, the same for the same texts, in whichever order, and parameters.

    Captions whose lemmas are all the same make one cluster, in one point of the map.

    Raises:
        ValueError: no texts.
    """
    if not texts:
        raise ValueError("there are no captions to cluster; caption some images first")
    from threadpoolctl import threadpool_limits

    stop_words = english_stop_words() | set(params.stop_words)
    unordered = [lemmatise(text, stop_words) for text in texts]
    # Sorted, so that the order of slots and characters does not decide which start k-means has.
    order = np.array(sorted(range(len(texts)), key=lambda index: (unordered[index], index)), np.int64)
    documents = [unordered[index] for index in order]
    vocabulary = sorted({lemma for document in documents for lemma in document})
    if len({tuple(sorted(document)) for document in documents}) == 1:
        name = " ".join(dict.fromkeys(documents[0][: params.name_terms])) or _NO_WORDS
        labels, points = np.zeros(len(texts), np.int64), np.zeros((len(texts), 2))
        mapped = np.arange(min(len(texts), params.map_captions))
        return Clustering(labels, (name,), points, mapped, (0.0,), (), len(vocabulary), 0)
    with threadpool_limits(1):
        weights = _tfidf(documents, vocabulary)
        vectors = _reduced(weights, params)
        grouping = group_vectors(vectors, params, params.seed)
        points, mapped = lay_out(vectors, params, params.seed)
    back = np.argsort(order)
    return Clustering(
        grouping.labels[back],
        _names(weights, grouping.labels, vocabulary, params.name_terms),
        points[back],
        np.sort(order[mapped]),
        grouping.inertias,
        grouping.silhouettes,
        len(vocabulary),
        vectors.shape[1],
    )


def _tfidf(documents: Sequence[Sequence[str]], vocabulary: Sequence[str]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    # The stubs of sklearn take the default's type for the parameter's.
    vectoriser: Any = cast("Any", TfidfVectorizer)(analyzer=_as_it_is, vocabulary=vocabulary)
    return vectoriser.fit_transform(documents)


def _as_it_is(document: Sequence[str]) -> Sequence[str]:
    return document


def _reduced(weights: Any, params: ClusterParams) -> NDArray[np.float64]:
    from sklearn.decomposition import TruncatedSVD

    components = min(params.components, *weights.shape)
    svd = TruncatedSVD(components, random_state=params.seed)
    return cast("NDArray[np.float64]", svd.fit_transform(weights))


def _names(weights: Any, labels: NDArray[np.int64], vocabulary: Sequence[str], terms: int) -> tuple[str, ...]:
    # By how much a term says more of the cluster than of all captions: words that everybody uses
    # name nothing. A single cluster has nobody to differ from.
    everywhere = _mean_weights(weights) if labels.max() > 0 else 0.0
    names: list[str] = []
    for cluster in range(int(labels.max()) + 1):
        lead = _mean_weights(weights[labels == cluster]) - everywhere
        order = np.lexsort((np.arange(len(lead)), -lead))[:terms]
        names.append(" ".join(str(vocabulary[index]) for index in order if lead[index] > 0) or _NO_WORDS)
    return tuple(names)


def _mean_weights(weights: Any) -> NDArray[np.float64]:
    return np.asarray(weights.mean(axis=0), np.float64).ravel()
