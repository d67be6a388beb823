import { useRef, useState, type DragEvent, type ReactNode } from 'react';
import type { NamedBlob } from '../../engine/study/operations';
import { filesOfDrop, filesOfList } from './files';

interface DropPanelProps {
  title: string;
  className?: string;
  /** What happens to dropped files; left out, the panel takes none. */
  onFiles?(files: NamedBlob[]): void;
  onProblem(problem: unknown): void;
  children: ReactNode;
}

/** A panel that files and folders can be dropped on. */
export function DropPanel({ title, className = '', onFiles, onProblem, children }: DropPanelProps) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    filesOfDrop(event.dataTransfer).then((files) => files.length && onFiles?.(files), onProblem);
  };
  const listen = onFiles && {
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: drop,
  };
  return (
    <section className={`panel ${className}${over ? ' over' : ''}`} aria-label={title} {...listen}>
      <header>
        <h2>{title}</h2>
      </header>
      {children}
    </section>
  );
}

interface ChooseProps {
  /** On the button. */
  text: string;
  /** What is chosen, for screen readers. */
  label: string;
  /** A whole folder; browsers on phones have no such dialog. */
  folder?: boolean;
  accept?: string;
  disabled?: boolean;
  onFiles(files: NamedBlob[]): void;
}

/** A button that opens the dialog for files, or for a folder. */
export function Choose({ text, label, folder, accept, disabled, onFiles }: ChooseProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="btn" disabled={disabled} onClick={() => input.current?.click()}>
        {text}
      </button>
      <input
        ref={(element) => {
          input.current = element;
          // React knows no such attribute
          if (folder) element?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        multiple
        hidden
        aria-label={label}
        accept={accept}
        onChange={(event) => {
          const files = filesOfList(event.target.files);
          event.target.value = '';
          if (files.length) onFiles(files);
        }}
      />
    </>
  );
}
