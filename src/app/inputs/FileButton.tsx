import { useRef } from 'react';

export interface FileButtonProps {
  /** For the file dialog only: what a file is, its bytes say. */
  accept: string;
  label: string;
  onFile(file: File): void;
}

/** A button that opens the file dialog; the same file may be chosen twice. */
export function FileButton({ accept, label, onFile }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="btn" aria-label={label} onClick={() => input.current?.click()}>
        File…
      </button>
      <input
        ref={input}
        type="file"
        accept={accept}
        aria-label={label}
        hidden
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file) onFile(file);
        }}
      />
    </>
  );
}
