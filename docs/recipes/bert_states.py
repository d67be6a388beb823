"""Layer states of texts: python bert_states.py samples.csv text.safetensors (columns id, text)"""
import csv, json, sys
import torch
from safetensors.torch import save_file
from transformers import AutoModel, AutoTokenizer

name = sys.argv[3] if len(sys.argv) > 3 else "bert-base-uncased"
tokenizer, model = AutoTokenizer.from_pretrained(name), AutoModel.from_pretrained(name).eval()
rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")))
states = []
with torch.no_grad():
    for start in range(0, len(rows), 32):
        texts = [row["text"] for row in rows[start : start + 32]]
        batch = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        layers = model(**batch, output_hidden_states=True).hidden_states[1:]  # without the embeddings
        states.append(torch.stack([layer[:, 0] for layer in layers], 1))  # CLS: [samples, layers, width]
ids = json.dumps([row["id"] for row in rows])
save_file({"states": torch.cat(states).half().contiguous()}, sys.argv[2], metadata={"ids": ids})
