"""One model's files, from its source: what build.py ships and renew.py describes."""

import shutil

import decoder
import sentence
import tokenizer


def write_model(manifest, source, weights, folder):
    """Writes model.onnx, model.onnx.data and tokenizer.json into `folder`; returns the manifest's "architecture", None
    for a sentence encoder.

    `source` is the folder of the source files and `weights` the one of them that holds the weights.
    """
    if manifest["layout"] == "sentence":
        shutil.copyfile(source / "tokenizer.json", folder / "tokenizer.json")
        return sentence.build(source, folder, manifest["encoding"])
    tokenizer.build(weights, folder / "tokenizer.json")
    return decoder.build(weights, folder, manifest["encoding"])
