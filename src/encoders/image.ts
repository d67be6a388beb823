/**
 * The image front ends of ViT, BEiT and TimeSformer: resize, crop, rescale, normalise, as Hugging Face's image
 * processors do through Pillow, whose 8-bit resampling this repeats to the last digit.
 */
import { UserError } from '../math/errors';
import { Fields } from './fields';

/** An 8-bit picture, rows from the top, 3 (RGB) or 4 (RGBA, alpha is not looked at) values a pixel. */
export interface Picture {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

type Size = { height: number; width: number } | { shortestEdge: number };

export interface ImageConfig {
  /** null: the picture is taken as it comes. */
  resize: { size: Size; filter: Filter } | null;
  /** The middle is kept; what is missing is black. */
  crop: { height: number; width: number } | null;
  /** Factor on the values 0 to 255. */
  rescale: number;
  /** A value becomes (x − mean) / deviation, per channel. */
  mean: number[];
  deviation: number[];
}

export type Filter = 'bilinear' | 'bicubic' | 'lanczos';

/** Pillow's numbers for its filters, as `resample` holds them. */
const filterNumbers: Record<number, Filter> = { 1: 'lanczos', 2: 'bilinear', 3: 'bicubic' };

const largestSide = 4096;

function readSize(f: Fields, key: string, fallback: number): Size {
  const value = f.raw(key);
  if (typeof value !== 'object' || value === null) {
    const side = f.count(key, fallback, largestSide);
    return { height: side, width: side };
  }
  const size = new Fields(value, `${f.file}: ${key}`);
  if (size.has('shortest_edge')) return { shortestEdge: size.count('shortest_edge', 0, largestSide) };
  return { height: size.count('height', 0, largestSide), width: size.count('width', 0, largestSide) };
}

/**
 * Reads the preprocessor_config.json of an image or video processor.
 * @param image the encoder's image size, which the result has to have
 */
export function parseImageConfig(
  json: unknown,
  image: number,
  file = 'preprocessor_config.json',
): ImageConfig {
  const f = new Fields(json, file);
  const filterNumber = f.count('resample', 2, 5, 0);
  if (!filterNumbers[filterNumber]) f.fail('resample', '1 (Lanczos), 2 (bilinear) or 3 (bicubic)');
  const normalise = f.flag('do_normalize', true);
  const size = readSize(f, 'size', image);
  const crop = f.flag('do_center_crop', false) ? readSize(f, 'crop_size', image) : null;
  if (crop && 'shortestEdge' in crop) f.fail('crop_size', 'a height and a width');
  const result = crop ?? size;
  if ('shortestEdge' in result || result.height !== image || result.width !== image)
    f.fail(crop ? 'crop_size' : 'size', `${image} × ${image}, as the encoder's config.json says`);
  return {
    resize: f.flag('do_resize', true) ? { size, filter: filterNumbers[filterNumber] } : null,
    crop: crop as ImageConfig['crop'],
    rescale: f.flag('do_rescale', true) ? f.number('rescale_factor', 1 / 255, 0, 1e6) : 1,
    mean: normalise ? f.numbers('image_mean', [0.5, 0.5, 0.5], 3) : [0, 0, 0],
    deviation: normalise ? f.numbers('image_std', [0.5, 0.5, 0.5], 3) : [1, 1, 1],
  };
}

/** The preprocessor_config.json of a processor that resizes to the encoder's size. */
export const writeImageConfig = (config: ImageConfig, processor: string): Record<string, unknown> => {
  const size = (value: Size) =>
    'shortestEdge' in value
      ? { shortest_edge: value.shortestEdge }
      : { height: value.height, width: value.width };
  const number = Object.entries(filterNumbers).find(([, filter]) => filter === config.resize?.filter)?.[0];
  return {
    image_processor_type: processor,
    do_resize: config.resize !== null,
    ...(config.resize ? { size: size(config.resize.size), resample: Number(number) } : {}),
    do_center_crop: config.crop !== null,
    ...(config.crop ? { crop_size: size(config.crop) } : {}),
    do_rescale: config.rescale !== 1,
    rescale_factor: config.rescale,
    do_normalize: true,
    image_mean: config.mean,
    image_std: config.deviation,
  };
};

/**
 * A picture as an encoder takes it.
 * @returns [3, height, width], channel by channel
 */
export function prepareImage(picture: Picture, config: ImageConfig): Float32Array {
  const values = picture.data.length / (picture.width * picture.height);
  if (values !== 3 && values !== 4) throw new Error('a picture has 3 or 4 values a pixel');
  let rgb = values === 3 ? picture : withoutAlpha(picture);
  if (config.resize) {
    const { height, width } = targetSize(rgb, config.resize.size);
    if (Math.max(height, width) > 16 * largestSide)
      throw new UserError('The picture is far too long for its width; crop it first.');
    rgb = resizePicture(rgb, width, height, config.resize.filter);
  }
  const { height, width } = config.crop ?? rgb;
  const top = Math.floor((rgb.height - height) / 2);
  const left = Math.floor((rgb.width - width) / 2);
  const out = new Float32Array(3 * height * width);
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [row, column] = [y + top, x + left];
        const inside = row >= 0 && row < rgb.height && column >= 0 && column < rgb.width;
        const value = inside ? rgb.data[(row * rgb.width + column) * 3 + c] : 0;
        out[(c * height + y) * width + x] = (value * config.rescale - config.mean[c]) / config.deviation[c];
      }
  return out;
}

function withoutAlpha({ data, width, height }: Picture): Picture {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) rgb[i * 3 + c] = data[i * 4 + c];
  return { data: rgb, width, height };
}

/** The longer edge keeps the proportion, rounded down. */
function targetSize(picture: Picture, size: Size): { height: number; width: number } {
  if (!('shortestEdge' in size)) return size;
  const { width, height } = picture;
  const longer = (edge: number, shortest: number) => Math.floor((size.shortestEdge * edge) / shortest);
  return width <= height
    ? { width: size.shortestEdge, height: longer(height, width) }
    : { width: longer(width, height), height: size.shortestEdge };
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Each filter's half-width and its curve. Bicubic: Keys 1981 with a = −1/2. */
const filters: Record<Filter, { support: number; curve: (x: number) => number }> = {
  bilinear: { support: 1, curve: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    curve: (t) => {
      const [a, x] = [-0.5, Math.abs(t)];
      if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    },
  },
  lanczos: { support: 3, curve: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Weights are whole numbers of 2⁻²², as in Pillow's 8-bit path, so that sums are exact. */
const precision = 2 ** 22;

interface Weights {
  first: number;
  weights: Int32Array;
}

/** For each output place, the input places it draws on. The filter widens as the picture shrinks: no aliasing. */
function placeWeights(input: number, output: number, filter: Filter): Weights[] {
  const { support, curve } = filters[filter];
  const scale = input / output;
  const widening = Math.max(1, scale);
  const reach = support * widening;
  return Array.from({ length: output }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(input, Math.floor(centre + reach + 0.5));
    const raw = Array.from({ length: end - first }, (_, i) => curve((first + i - centre + 0.5) / widening));
    const sum = raw.reduce((a, b) => a + b, 0);
    const weights = Int32Array.from(raw, (w) => {
      const scaled = (w / sum) * precision;
      return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    });
    return { first, weights };
  });
}

/** Resamples an RGB picture: along rows, then along columns, rounded to 8 bits after each. */
export function resizePicture(picture: Picture, width: number, height: number, filter: Filter): Picture {
  const across =
    picture.width === width
      ? picture.data
      : resampleLines(picture.data, placeWeights(picture.width, width, filter), {
          lines: picture.height,
          lineStep: picture.width * 3,
          placeStep: 3,
          outLineStep: width * 3,
          outPlaceStep: 3,
        });
  const down =
    picture.height === height
      ? across
      : resampleLines(across, placeWeights(picture.height, height, filter), {
          lines: width,
          lineStep: 3,
          placeStep: width * 3,
          outLineStep: 3,
          outPlaceStep: width * 3,
        });
  return { data: down, width, height };
}

interface Steps {
  lines: number;
  lineStep: number;
  placeStep: number;
  outLineStep: number;
  outPlaceStep: number;
}

function resampleLines(data: Picture['data'], places: Weights[], steps: Steps): Uint8Array {
  const out = new Uint8Array(steps.lines * places.length * 3);
  for (let line = 0; line < steps.lines; line++)
    for (let place = 0; place < places.length; place++) {
      const { first, weights } = places[place];
      for (let c = 0; c < 3; c++) {
        let sum = precision / 2;
        let at = line * steps.lineStep + first * steps.placeStep + c;
        for (let i = 0; i < weights.length; i++, at += steps.placeStep) sum += weights[i] * data[at];
        out[line * steps.outLineStep + place * steps.outPlaceStep + c] = Math.min(
          255,
          Math.max(0, Math.floor(sum / precision)),
        );
      }
    }
  return out;
}
