/**
 * The side module inside tfjs's WASM backend: one linear memory, tensors as addresses, scratch that grows.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { SIDE_MODULE_MEMORY, type SideModule } from './module';
import { type ParallelKernel, type SpawnHelper, ThreadPool } from './threads';
import { type DataId, type DataType, engine, type TensorInfo, type Variable } from '../tf';

interface EmscriptenModule {
  _malloc(bytes: number): number;
  _free(address: number): void;
  HEAPU8: Uint8Array;
  asm: { memory: WebAssembly.Memory; malloc(bytes: number): number };
}

/** The number of elements of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export class KernelHost {
  private scratchAddress = 0;
  private scratchBytes = 0;
  private readonly packedWeights = new Map<DataId, number>();
  private readonly heap: EmscriptenModule;

  pool: ThreadPool | null = null;

  private constructor(
    private readonly backend: BackendWasm,
    readonly call: SideModule,
  ) {
    this.heap = heapOf(backend);
    const dispose = backend.disposeData.bind(backend);
    backend.disposeData = (dataId: DataId, force?: boolean) => {
      const gone = dispose(dataId, force);
      if (gone) this.forgetPacked(dataId);
      return gone;
    };
  }

  /**
   * Joins the module's code to the backend's memory, and starts helpers where there are to be more threads than one.
   * Throws where the engine cannot compile the code, or a helper does not start.
   */
  static async create(
    backend: BackendWasm,
    code: BufferSource,
    threads: number,
    spawn?: SpawnHelper,
  ): Promise<KernelHost> {
    const heap = heapOf(backend);
    const { memory } = heap.asm;
    const module = await WebAssembly.compile(code);
    const { exports } = await WebAssembly.instantiate(module, SIDE_MODULE_MEMORY(memory));
    const call = exports as unknown as SideModule;
    const table = heap._malloc(call.TABLE_BYTES.value as number) >>> 0;
    call.initialise(table);
    const host = new KernelHost(backend, call);
    if (threads > 1 && spawn) {
      const size = call.CONTROL_BYTES.value as number;
      const control = (heap._malloc(size + 64) + 63) & ~63;
      heap.HEAPU8.fill(0, control, control + size);
      const starts = Array.from({ length: threads - 1 }, (_, i) => ({
        module,
        memory,
        control,
        table,
        index: i + 1,
      }));
      await Promise.all(starts.map(spawn));
      host.pool = new ThreadPool(call, memory, control, threads);
    }
    return host;
  }

  get threads(): number {
    return this.pool?.threads ?? 1;
  }

  /**
   * Runs a kernel over its units, on as many threads as they are worth.
   * @param args the kernel's arguments up to the range of units
   * @param work how many units; how long all take on one thread, roughly; scratch bytes for a thread;
   *   a chunk is a multiple of `align` units
   */
  run(
    kernel: ParallelKernel,
    args: readonly number[],
    work: { units: number; nanoseconds: number; scratchBytes?: number; align?: number },
  ): void {
    const { units, nanoseconds, scratchBytes = 0, align = 1 } = work;
    const { pool } = this;
    const from = pool?.isWorthTiming(nanoseconds) ? performance.now() : 0;
    const shared = pool?.shares(units, nanoseconds, from) ?? false;
    if (pool && shared) {
      const each = (scratchBytes + 63) & ~63;
      const scratch = this.scratch(each * this.threads);
      pool.run(kernel, args, { units, align, nanoseconds, scratch, scratchBytes: each });
    } else this.call[kernel](...args, 0, units, this.scratch(scratchBytes));
    if (from) pool!.learn(shared, from, performance.now(), nanoseconds);
  }

  /** A tensor's address, 0 for none. */
  address(tensor: TensorInfo | null | undefined): number {
    return tensor ? this.backend.dataIdMap.get(tensor.dataId).memoryOffset : 0;
  }

  output(shape: number[], dtype: DataType = 'float32'): TensorInfo {
    return this.backend.makeOutput(shape, dtype);
  }

  /** The same data once more, as tfjs's other backends clone. */
  share({ dataId, shape, dtype }: TensorInfo): TensorInfo {
    this.backend.incRef(dataId);
    return { dataId, shape, dtype };
  }

  /** Gives back an output that no tensor was made of. */
  release(output: TensorInfo): void {
    this.backend.disposeData(output.dataId);
  }

  /** A zeroed output. */
  zeros(shape: number[]): TensorInfo {
    const out = this.output(shape);
    const start = this.address(out);
    this.heap.HEAPU8.fill(0, start, start + 4 * sizeOf(shape));
    return out;
  }

  /** A tensor's values where they lie: good until memory grows. */
  floats(tensor: TensorInfo): Float32Array<ArrayBuffer> {
    return new Float32Array(
      this.heap.HEAPU8.buffer as ArrayBuffer,
      this.address(tensor),
      sizeOf(tensor.shape),
    );
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

const heapOf = (backend: BackendWasm) => backend.wasm as unknown as EmscriptenModule;

/** Where memory cannot grow, malloc gives 0 and tfjs would write there; an error is better than wrong numbers. */
export function refuseNullAddresses(backend: BackendWasm): void {
  const heap = heapOf(backend);
  const { malloc } = heap.asm;
  heap._malloc = (bytes) => {
    const address = malloc(bytes);
    if (address === 0 && bytes > 0)
      throw new RangeError(`Out of memory: ${bytes} bytes could not be had from WebAssembly.`);
    return address;
  };
}
