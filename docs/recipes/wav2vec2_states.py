"""Layer states of sounds: python wav2vec2_states.py samples.csv audio.safetensors (columns id, file: 16-bit WAV, mono, 16 kHz)"""
import csv, json, sys, wave
import numpy as np, torch
from safetensors.torch import save_file
from transformers import AutoFeatureExtractor, AutoModel

name = sys.argv[3] if len(sys.argv) > 3 else "facebook/wav2vec2-base"
extract, model = AutoFeatureExtractor.from_pretrained(name), AutoModel.from_pretrained(name).eval()
rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")))
states = []
with torch.no_grad():
    for row in rows:  # one at a time: no padding, so the mean is over true frames only
        with wave.open(row["file"]) as sound:
            assert sound.getframerate() == 16000 and sound.getnchannels() == 1 and sound.getsampwidth() == 2, row["file"]
            samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2") / 32768
        batch = extract(samples, sampling_rate=16000, return_tensors="pt")
        layers = model(**batch, output_hidden_states=True).hidden_states[1:]
        states.append(torch.stack([layer[0].mean(0) for layer in layers]))  # no CLS token: the mean over frames
ids = json.dumps([row["id"] for row in rows])
save_file({"states": torch.stack(states).half()}, sys.argv[2], metadata={"ids": ids})
