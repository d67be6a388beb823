import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'jpeg-js';

/** A JPEG of one colour with a dark square in the middle. */
export function jpeg(width: number, height: number, colour: [number, number, number]): Uint8Array {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const inside = Math.abs(x / width - 0.5) < 0.25 && Math.abs(y / height - 0.5) < 0.25;
      data.set(inside ? [20, 20, 20, 255] : [...colour, 255], (y * width + x) * 4);
    }
  return encode({ data, width, height }, 95).data;
}

const header =
  'file\tid\tlabel\ttext\ttitle\tgender\tsubCategory\tmasterCategory\tbaseColour\tseason\tusage\tsplit';

export const words = ['Belts', 'Tshirts', 'Watches'];

/** Products of three types that their titles tell: eight of each train, two validate, one tests but has no photograph. */
export function makeFashionFolder(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'fashion-'));
  const folder = join(dataDir, 'fashion_image_text');
  const others = join(dataDir, 'clothing_cc0_image');
  for (const name of [folder, others]) mkdirSync(join(name, 'images'), { recursive: true });
  const rows = [header];
  words.forEach((label, c) =>
    ['train', 'train', 'train', 'train', 'train', 'train', 'train', 'train', 'val', 'val', 'test'].forEach(
      (split, n) => {
        const id = `${c}${n}`;
        const text =
          split === 'test' ? `Held ${label}` : `Brand ${['leather', 'cotton', 'steel'][c]} No ${n}`;
        rows.push(
          [
            `images/${id}.jpg`,
            id,
            label,
            text,
            text,
            'Men',
            'Sub',
            'Master',
            'Blue',
            'Fall',
            n ? 'Casual' : '',
            split,
          ].join('\t'),
        );
        if (split !== 'test')
          writeFileSync(join(folder, 'images', `${id}.jpg`), jpeg(32, 32, [c * 100, 200 - c * 60, 90]));
      },
    ),
  );
  writeFileSync(join(folder, 'items.tsv'), rows.join('\n') + '\n');
  writeFileSync(
    join(others, 'images.tsv'),
    [
      'file\tlabel\tsource_label\tsender\tsplit',
      'images/t.jpg\tT-shirt\tPolo\t1\ttrain',
      'images/s.jpg\tShoes\tShoes\t1\ttrain',
      'images/h.jpg\tHat\tHat\t1\ttrain',
      'images/x.jpg\tT-shirt\tPolo\t1\ttest',
    ].join('\n') + '\n',
  );
  for (const name of ['t', 's'])
    writeFileSync(join(others, 'images', `${name}.jpg`), jpeg(24, 32, [255, 255, 255]));
  writeFileSync(
    join(others, 'titles.tsv'),
    [
      'text\ttitle\tlabel\tsource_label\tid\tsplit',
      'Other cotton\tOther cotton\tT-shirt\tTshirts\t900\ttrain',
      'Other cap\tOther cap\tHat\tCaps\t901\ttrain',
      'held tshirts\theld\tT-shirt\tTshirts\t902\ttrain',
      'Brand again\tBrand\tT-shirt\tTshirts\t00\ttrain',
      'Other test\tOther\tT-shirt\tTshirts\t903\ttest',
    ].join('\n') + '\n',
  );
  return dataDir;
}
