/**
 * The side module inside tfjs's WASM backend: one linear memory, tensors as addresses, scratch that grows.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type DataId, type DataType, engine, type TensorInfo, type Variable } from '../tf';

type Kernel = (...args: number[]) => number;
/** What `assembly/index.ts` exports. */
export type SideModule = Record<
  | 'activate'
  | 'activateGrad'
  | 'adamStep'
  | 'attention'
  | 'attentionGrad'
  | 'attentionScratch'
  | 'batchedMatMul'
  | 'copyStrided'
  | 'crossEntropy'
  | 'crossEntropyGrad'
  | 'gatherRows'
  | 'gemm'
  | 'gemmScratch'
  | 'initialise'
  | 'layerNorm'
  | 'layerNormGrad'
  | 'packB'
  | 'packedSize'
  | 'scale'
  | 'segmentSum'
  | 'softmax'
  | 'softmaxGrad'
  | 'sumLast'
  | 'sumMiddle'
  | 'sumOfSquares'
  | 'transposeLast',
  Kernel
>;

interface EmscriptenModule {
  _malloc(bytes: number): number;
  _free(address: number): void;
  HEAPU8: Uint8Array;
  asm: { memory: WebAssembly.Memory; malloc(bytes: number): number };
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export class KernelHost {
  private scratchAddress = 0;
  private scratchBytes = 0;
  private readonly packedWeights = new Map<DataId, number>();
  private readonly heap: EmscriptenModule;

  private constructor(
    private readonly backend: BackendWasm,
    readonly call: SideModule,
  ) {
    this.heap = backend.wasm as unknown as EmscriptenModule;
    const dispose = backend.disposeData.bind(backend);
    backend.disposeData = (dataId: DataId, force?: boolean) => {
      const gone = dispose(dataId, force);
      if (gone) this.forgetPacked(dataId);
      return gone;
    };
  }

  /** Joins the module's code to the backend's memory. Throws where the engine cannot compile it. */
  static async create(backend: BackendWasm, code: BufferSource): Promise<KernelHost> {
    const heap = backend.wasm as unknown as EmscriptenModule;
    const { instance } = await WebAssembly.instantiate(code, { env: { memory: heap.asm.memory } });
    const module = instance.exports as unknown as SideModule & { TABLE_BYTES: WebAssembly.Global };
    module.initialise(heap._malloc(module.TABLE_BYTES.value as number) >>> 0);
    return new KernelHost(backend, module);
  }

  /** A tensor's address, 0 for none. */
  address(tensor: TensorInfo | null | undefined): number {
    return tensor ? this.backend.dataIdMap.get(tensor.dataId).memoryOffset : 0;
  }

  output(shape: number[], dtype: DataType = 'float32'): TensorInfo {
    return this.backend.makeOutput(shape, dtype);
  }

  /** A zeroed output. */
  zeros(shape: number[]): TensorInfo {
    const out = this.output(shape);
    const start = this.address(out);
    this.heap.HEAPU8.fill(0, start, start + 4 * sizeOf(shape));
    return out;
  }

  /** Memory that is good until the next call of `scratch`. */
  scratch(bytes: number): number {
    if (bytes > this.scratchBytes) {
      if (this.scratchAddress) this.heap._free(this.scratchAddress);
      this.scratchAddress = this.scratchBytes = 0;
      this.scratchAddress = this.heap._malloc(bytes) >>> 0;
      this.scratchBytes = bytes;
    }
    return this.scratchAddress;
  }

  /** A constant weight [K, N] in the layout of `packB`, made once and kept until the weight is disposed. */
  packed(weight: TensorInfo): number {
    let address = this.packedWeights.get(weight.dataId);
    if (address === undefined) {
      const [K, N] = weight.shape.slice(-2);
      address = this.heap._malloc(4 * this.call.packedSize(K, N)) >>> 0;
      this.call.packB(this.address(weight), N, 0, K, N, address);
      this.packedWeights.set(weight.dataId, address);
    }
    return address;
  }

  /**
   * Makes a variable safe to change in place: its data become its own where a clone or a reshape shares them
   * (a kept best checkpoint must not move on), and what was packed from them is forgotten.
   */
  makeUnshared(variable: Variable): void {
    this.forgetPacked(variable.dataId);
    if (this.backend.refCount(variable.dataId) <= 1) return;
    const from = this.address(variable);
    const copy = this.output(variable.shape);
    const to = this.address(copy);
    this.heap.HEAPU8.copyWithin(to, from, from + 4 * variable.size);
    const tensor = engine().makeTensorFromTensorInfo(copy);
    variable.assign(tensor);
    tensor.dispose();
  }

  /** Must be called by whoever changes a tensor's contents in place. */
  forgetPacked(dataId: DataId): void {
    const address = this.packedWeights.get(dataId);
    if (address === undefined) return;
    this.heap._free(address);
    this.packedWeights.delete(dataId);
  }
}

/** Where memory cannot grow, malloc gives 0 and tfjs would write there; an error is better than wrong numbers. */
export function refuseNullAddresses(backend: BackendWasm): void {
  const heap = backend.wasm as unknown as EmscriptenModule;
  const { malloc } = heap.asm;
  heap._malloc = (bytes) => {
    const address = malloc(bytes);
    if (address === 0 && bytes > 0)
      throw new RangeError(`Out of memory: ${bytes} bytes could not be had from WebAssembly.`);
    return address;
  };
}
