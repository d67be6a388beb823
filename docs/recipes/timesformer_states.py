"""Layer states of videos: python timesformer_states.py samples.csv video.safetensors (columns id, folder: frames as pictures, in the order of their names)"""
import csv, json, pathlib, sys
import numpy as np, torch
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoImageProcessor, AutoModel

name = sys.argv[3] if len(sys.argv) > 3 else "facebook/timesformer-base-finetuned-k400"
process, model = AutoImageProcessor.from_pretrained(name), AutoModel.from_pretrained(name).eval()
rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")))
states = []
with torch.no_grad():
    for row in rows:
        files = sorted(path for path in pathlib.Path(row["folder"]).iterdir() if path.is_file())
        chosen = np.linspace(0, len(files) - 1, model.config.num_frames).round().astype(int)
        frames = [Image.open(files[at]).convert("RGB") for at in chosen]
        batch = process(frames, return_tensors="pt")
        pixels = batch["pixel_values"].reshape(1, model.config.num_frames, 3, *batch["pixel_values"].shape[-2:])
        layers = model(pixel_values=pixels, output_hidden_states=True).hidden_states[1:]
        states.append(torch.stack([layer[0, 0] for layer in layers]))  # CLS
ids = json.dumps([row["id"] for row in rows])
save_file({"states": torch.stack(states).half()}, sys.argv[2], metadata={"ids": ids})
