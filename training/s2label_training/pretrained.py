"""Published encoder weights by name, through the loader of segmentation-models-pytorch.

They come from the Hugging Face hub once and then lie in its cache. A network that is away must be
told within seconds: the loader alone tries for minutes.
"""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING

from s2label.errors import S2LabelError

if TYPE_CHECKING:
    from torch import Tensor

_FILES = ("config.json", "model.safetensors")
TIMEOUT_S = 5


def read_named_weights(encoder: str, name: str) -> dict[str, Tensor]:
    """Return published weights of an encoder, from the cache or the hub.

    Parameters
    ----------
    encoder, name : str
        As segmentation-models-pytorch has them: "resnet34", "imagenet".

    Raises
    ------
    S2LabelError
        If they are not in the cache and cannot be downloaded: which files, and where to put them.
    """
    from segmentation_models_pytorch.encoders import encoders, get_encoder

    published = encoders[encoder]["pretrained_settings"][name]
    repository, revision = published["repo_id"], published["revision"]
    if missing := _missing(repository, revision):
        _check_hub(repository, revision, missing)
    try:
        loaded = get_encoder(encoder, weights=name)
    # The hub's client raises errors of whatever network library it was built with.
    except Exception as error:
        raise _unavailable(repository, revision, list(_FILES), str(error)) from error
    state: dict[str, Tensor] = loaded.state_dict()
    return state


def _missing(repository: str, revision: str) -> list[str]:
    """Return the files that are not in the cache."""
    from huggingface_hub import try_to_load_from_cache

    return [
        name
        for name in _FILES
        if not isinstance(try_to_load_from_cache(repository, name, revision=revision), str)
    ]


def _check_hub(repository: str, revision: str, missing: list[str]) -> None:
    """Raise if the hub cannot be reached, after one try of a few seconds."""
    from huggingface_hub import constants, hf_hub_url

    if constants.is_offline_mode():
        raise _unavailable(repository, revision, missing, "HF_HUB_OFFLINE is set")
    url = hf_hub_url(repository, missing[0], revision=revision)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=TIMEOUT_S):
            return
    except OSError as error:
        raise _unavailable(repository, revision, missing, str(error)) from error


def _unavailable(repository: str, revision: str, files: list[str], why: str) -> S2LabelError:
    from huggingface_hub import constants

    reason = " ".join(why.split())
    folder = f"models--{repository.replace('/', '--')}"
    return S2LabelError(
        f"encoder weights {repository}: no {' and '.join(files)} in {constants.HF_HUB_CACHE}, and "
        f"no download ({reason}); where there is a network, run: hf download {repository} "
        f"--revision {revision}, and copy its folder {folder} there; or set "
        "network.encoder_weights to none, or to a .safetensors file of a ResNet34"
    )
