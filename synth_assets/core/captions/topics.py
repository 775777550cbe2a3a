"""Topics: captions grouped by what they talk about, and laid out on a map.

Lemmas → TF-IDF → TruncatedSVD → KMeans with k by the elbow → t-SNE, all on one thread: sums in a
changing order would give other bytes in every run.

Belongs here: the computation on texts, without records. Does not belong here: rows and files
(``clusters.py``) and plots (``plots.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from synth_assets.core.captions.elbow import elbow_index
from synth_assets.core.captions.lemmas import english_stop_words, lemmatise
from synth_assets.core.config import Params

_FEWEST_FOR_TSNE = 4
_NEIGHBOURS_PER_PERPLEXITY = 3


class ClusterParams(Params):
    """How captions are clustered.

    Attributes:
        components: dimensions after TruncatedSVD; fewer where the captions have fewer.
        max_k: the elbow is looked for from 1 cluster to this many.
        k: fixed number of clusters instead of the elbow's.
        perplexity: of t-SNE; lowered to a third of the captions where there are few.
        seed: of everything random.
        starts: runs of KMeans for each k, of which the best counts.
        stop_words: left out besides the usual English ones.
        name_terms: terms in a cluster's name.
    """

    components: PositiveInt = 50
    max_k: PositiveInt = 29
    k: PositiveInt | None = None
    perplexity: float = Field(default=30.0, gt=0)
    seed: int = Field(default=42, ge=0)
    starts: PositiveInt = 5
    stop_words: tuple[str, ...] = ("photo", "picture", "image")
    name_terms: PositiveInt = 3


@dataclass(frozen=True)
class Clustering:
    """Captions, clustered.

    Attributes:
        labels: (N,) int cluster of each caption; 0 is the largest cluster.
        names: a name for each cluster, from its top terms.
        points: (N, 2) float64 place on the t-SNE map.
        inertias: of KMeans for k = 1, 2, …
        vocabulary: number of distinct lemmas.
        components: dimensions KMeans worked in.
    """

    labels: NDArray[np.int64]
    names: tuple[str, ...]
    points: NDArray[np.float64]
    inertias: tuple[float, ...]
    vocabulary: int
    components: int


def cluster_texts(texts: Sequence[str], params: ClusterParams) -> Clustering:
    """Gives the clusters of some captions, the same for the same texts and parameters.

    Captions whose lemmas are all the same make one cluster, in one point of the map.

    Raises:
        ValueError: no texts.
    """
    if not texts:
        raise ValueError("there are no captions to cluster; caption some images first")
    from threadpoolctl import threadpool_limits

    stop_words = english_stop_words() | set(params.stop_words)
    documents = [lemmatise(text, stop_words) for text in texts]
    vocabulary = sorted({lemma for document in documents for lemma in document})
    if len({tuple(document) for document in documents}) == 1:
        name = " ".join(dict.fromkeys(documents[0][: params.name_terms])) or "(no words)"
        labels, points = np.zeros(len(texts), np.int64), np.zeros((len(texts), 2))
        return Clustering(labels, (name,), points, (0.0,), len(vocabulary), 0)
    with threadpool_limits(1):
        weights = _tfidf(documents, vocabulary)
        vectors = _reduced(weights, params)
        fits = _kmeans_curve(vectors, params)
        inertias = tuple(float(inertia) for inertia, _ in fits)
        chosen = elbow_index(inertias) if params.k is None else len(fits) - 1
        labels = _by_size(fits[chosen][1])
        points = _map(vectors, params)
    names = _names(weights, labels, vocabulary, params.name_terms)
    return Clustering(labels, names, points, inertias, len(vocabulary), vectors.shape[1])


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


def _kmeans_curve(vectors: NDArray[np.float64], params: ClusterParams) -> list[tuple[float, NDArray[np.int64]]]:
    from sklearn.cluster import KMeans

    distinct = len(np.unique(np.round(vectors, 9), axis=0))
    ks = range(1, min(params.max_k if params.k is None else params.k, distinct) + 1)
    kmeans = cast("Any", KMeans)
    models = [kmeans(k, n_init=params.starts, random_state=params.seed).fit(vectors) for k in ks]
    return [(float(model.inertia_), cast("NDArray[np.int64]", model.labels_)) for model in models]


def _by_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    found, first, counts = np.unique(labels, return_index=True, return_counts=True)
    order = sorted(range(len(found)), key=lambda index: (-counts[index], first[index]))
    ranks = {int(found[index]): rank for rank, index in enumerate(order)}
    return np.array([ranks[int(label)] for label in labels], np.int64)


def _map(vectors: NDArray[np.float64], params: ClusterParams) -> NDArray[np.float64]:
    from sklearn.manifold import TSNE

    count, dimensions = vectors.shape
    if count < _FEWEST_FOR_TSNE:
        return np.pad(vectors[:, :2], ((0, 0), (0, 2 - min(dimensions, 2))))
    perplexity = min(params.perplexity, (count - 1) / _NEIGHBOURS_PER_PERPLEXITY)
    start = "pca" if min(count, dimensions) >= 2 else "random"
    tsne = TSNE(perplexity=perplexity, init=start, random_state=params.seed)
    return cast("NDArray[np.float64]", tsne.fit_transform(vectors)).astype(np.float64)


def _names(weights: Any, labels: NDArray[np.int64], vocabulary: Sequence[str], terms: int) -> tuple[str, ...]:
    # By how much a term says more of the cluster than of all captions: words that everybody uses
    # name nothing. A single cluster has nobody to differ from.
    everywhere = _mean_weights(weights) if labels.max() > 0 else 0.0
    names: list[str] = []
    for cluster in range(int(labels.max()) + 1):
        lead = _mean_weights(weights[labels == cluster]) - everywhere
        order = np.lexsort((np.arange(len(lead)), -lead))[:terms]
        names.append(" ".join(str(vocabulary[index]) for index in order if lead[index] > 0) or "(no words)")
    return tuple(names)


def _mean_weights(weights: Any) -> NDArray[np.float64]:
    return np.asarray(weights.mean(axis=0), np.float64).ravel()
