"""Runs an exported head: python run_head.py ssfn states_a.npy states_b.npy (both [samples, layers, width], as given to align)"""
import json, sys
import numpy as np
from safetensors.numpy import load_file

def run(name, a, b):
    p, about = load_file(name + ".safetensors"), json.load(open(name + ".json"))
    i, j = ([pair[side] - 1 for pair in about["pairs"]] for side in "ij")
    a = (a[:, i] - p["a.mean"]) / p["a.deviation"] @ p["projectA"] + p["layerA"]
    b = (b[:, j] - p["b.mean"]) / p["b.deviation"] @ p["projectB"] + p["layerB"]
    tokens = np.stack([a, b], 2)  # [samples, pairs, 2, width]
    norm = lambda x, n: (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + about["layerNormEpsilon"]) * p[n + "Gain"] + p[n + "Bias"]
    (wq, wk, wv), (bq, bk, bv) = np.split(p["qkv"], 3, 1), np.split(p["qkvBias"], 3)
    heads = lambda x: x.reshape(*x.shape[:-1], about["attentionHeads"], -1).swapaxes(-2, -3)
    told = tokens + p["modality"]  # keys and values know their modality, queries do not
    q, k, v = heads(tokens @ wq + bq), heads(told @ wk + bk), heads(told @ wv + bv)
    weights = np.exp(q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1]))
    mixed = (weights / weights.sum(-1, keepdims=True) @ v).swapaxes(-2, -3).reshape(tokens.shape)
    x = norm(tokens + mixed @ p["attend"] + p["attendBias"], "norm1")
    y = norm(x + np.maximum(x @ p["widen"] + p["widenBias"], 0) @ p["narrow"] + p["narrowBias"], "norm2")
    out, scale = y.mean((1, 2)) @ p["classify"] + p["classifyBias"], about.get("numbers")
    return out * scale["deviation"] + scale["mean"] if scale else out  # the number, or logits [samples, classes]

if __name__ == "__main__":
    for row in run(sys.argv[1], np.load(sys.argv[2]).astype("f4"), np.load(sys.argv[3]).astype("f4")):
        print(*(f"{value:.6g}" for value in row))
