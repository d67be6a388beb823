"""Layer states of pictures: python beit_states.py samples.csv image.safetensors (columns id, file)"""
import csv, json, sys
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoImageProcessor, AutoModel

name = sys.argv[3] if len(sys.argv) > 3 else "microsoft/beit-base-patch16-224"
process, model = AutoImageProcessor.from_pretrained(name), AutoModel.from_pretrained(name).eval()
rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")))
states = []
with torch.no_grad():
    for start in range(0, len(rows), 16):
        images = [Image.open(row["file"]).convert("RGB") for row in rows[start : start + 16]]
        batch = process(images, return_tensors="pt")
        layers = model(**batch, output_hidden_states=True).hidden_states[1:]
        states.append(torch.stack([layer[:, 0] for layer in layers], 1))  # CLS
ids = json.dumps([row["id"] for row in rows])
save_file({"states": torch.cat(states).half().contiguous()}, sys.argv[2], metadata={"ids": ids})
