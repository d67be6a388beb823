/** The browser's side of exporting: draw marks off the page, rasterise, hand the file to the person. */
import type { ReactNode } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';

/** The markup of some SVG marks, drawn off the page. */
export function renderMarks(marks: ReactNode): string {
  const host = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const root = createRoot(host);
  flushSync(() => root.render(marks));
  const serialiser = new XMLSerializer();
  const text = Array.from(host.childNodes, (node) => serialiser.serializeToString(node)).join('');
  root.unmount();
  return text.replaceAll(' xmlns="http://www.w3.org/2000/svg"', '');
}

/** A PNG of an SVG document at twice its size. Throws where the browser cannot draw it. */
export async function rasterise(svg: string, scale = 2): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    await new Promise<void>((resolve, reject) => {
      image.onload = () => resolve();
      image.onerror = () => reject(new Error('The browser could not draw the figure.'));
      image.src = url;
    });
    const canvas = document.createElement('canvas');
    canvas.width = image.width * scale;
    canvas.height = image.height * scale;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('The browser gives no canvas to draw the figure on.');
    context.scale(scale, scale);
    context.drawImage(image, 0, 0);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The figure is too large.')))),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Offers a file as a download. Nothing leaves the tab: the address is a blob's. */
export function save(content: Blob | string, name: string, type: string): void {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
