/** How much a person may give: checked on the header and the size, before anything is decoded. */
export const limits = {
  /** Seconds of a sound file; what the encoder hears is shorter, and the page shows which part. */
  soundSeconds: 60,
  /** Seconds after which a recording stops by itself. */
  recordSeconds: 8,
  soundBytes: 64 * 2 ** 20,
  /** Where the header does not say how long the sound is. */
  soundBytesUnknown: 8 * 2 ** 20,
  imageBytes: 32 * 2 ** 20,
  imagePixels: 50e6,
  /** Longest side of the pixels that go to the encoder's own preprocessing. */
  imageSide: 1024,
  textBytes: 4 * 2 ** 20,
  /** Of a text; what is past them is cut, and the page says so. */
  textCharacters: 100_000,
  videoSeconds: 60,
  videoBytes: 128 * 2 ** 20,
} as const;

/** "31 minutes", "75 seconds". */
export const spokenDuration = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`;

/** "3.2 MB", "640 kB". */
export const spokenSize = (bytes: number): string =>
  bytes < 1e6
    ? `${Math.max(1, Math.round(bytes / 1e3))} kB`
    : `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;
