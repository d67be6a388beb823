/** The page's icons: a 16-unit box, lines of 1.4, the colour of the text around. One symbol a modality, one an action. */

const paths = {
  video:
    'M3 3.5h10A1.5 1.5 0 0 1 14.5 5v6a1.5 1.5 0 0 1-1.5 1.5H3A1.5 1.5 0 0 1 1.5 11V5A1.5 1.5 0 0 1 3 3.5zM6.7 6v4L10 8z',
  audio: 'M2 7v2M5 4.5v7M8 2v12M11 5v6M14 7v2',
  text: 'M2 4h12M2 8h12M2 12h7',
  image:
    'M3 2.5h10A1.5 1.5 0 0 1 14.5 4v8a1.5 1.5 0 0 1-1.5 1.5H3A1.5 1.5 0 0 1 1.5 12V4A1.5 1.5 0 0 1 3 2.5zM2 11.5l3.8-4 3 3 2-2 3.2 3M11.7 5.8a1 1 0 1 1-2 0 1 1 0 0 1 2 0z',
  features: 'M2.5 13.5v-4M6.2 13.5v-9M9.8 13.5v-6M13.5 13.5v-11',
  share: 'M6.5 9.5l3-3M7 4.8l1.6-1.6a3 3 0 0 1 4.2 4.2L11.2 9M9 11.2l-1.6 1.6a3 3 0 0 1-4.2-4.2L4.8 7',
  save: 'M8 2v8M4.8 7L8 10.2 11.2 7M2.5 13.5h11',
  help: 'M5.8 6a2.2 2.2 0 1 1 3.3 1.9C8.3 8.4 8 8.8 8 9.7M8 12.2v.1',
  lock: 'M4.5 7h7A1.5 1.5 0 0 1 13 8.5v4a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 12.5v-4A1.5 1.5 0 0 1 4.5 7zM5 7V5a3 3 0 0 1 6 0v2',
  undo: 'M5.5 3L2.5 6l3 3M2.5 6h6.8a4 4 0 0 1 0 8H6',
  replay: 'M3 8a5 5 0 1 0 1.6-3.7M4.6 1.8v2.6h2.6',
  play: 'M5 3.2v9.6L12.5 8z',
  stop: 'M4 4h8v8H4z',
  camera: 'M2 5.5h3l1-2h4l1 2h3v7.5H2zM10.3 9a2.3 2.3 0 1 1-4.6 0 2.3 2.3 0 0 1 4.6 0z',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.5l3.3 3.3L13 4.8',
  warn: 'M8 2.5l6 11H2zM8 6.6v3.2M8 11.8v.1',
} as const;

export type IconName = keyof typeof paths | 'theme';

/** Decorative: the control around it has the words. */
export const Icon = ({ name, className }: { name: IconName; className?: string }) => (
  <svg className={`glyph ${className ?? ''}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    {name === 'theme' ? (
      <>
        <circle cx="8" cy="8" r="5.5" />
        <path d="M8 2.5v11a5.5 5.5 0 0 0 0-11z" fill="currentColor" />
      </>
    ) : (
      <path d={paths[name]} />
    )}
  </svg>
);

/** The brand: a corner of the matrix, two pairs off the diagonal filled. */
export const Logo = () => (
  <svg className="logo" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path
      className="grid"
      d="M2.5 2.5h5v5h-5zM16.5 2.5h5v5h-5zM9.5 9.5h5v5h-5zM16.5 9.5h5v5h-5zM2.5 16.5h5v5h-5zM9.5 16.5h5v5h-5zM16.5 16.5h5v5h-5z"
    />
    <path className="spot" d="M9 2h6v6H9zM2 9h6v6H2z" />
  </svg>
);

/** The icon of a modality's kind. */
export const modalityIcon = (kind: string): IconName =>
  kind === 'audio' || kind === 'text' || kind === 'image' || kind === 'features' ? kind : 'video';
