/**
 * Speaks with elkjs, which works out where boxes and arrows go: in a Web Worker of the page, in this very thread on
 * node. Only what we use of it is typed.
 */

export interface ElkLabel {
  readonly text: string;
  readonly width: number;
  readonly height: number;
  readonly x?: number;
  readonly y?: number;
  readonly layoutOptions?: ElkOptions;
}

export interface ElkNode {
  readonly id: string;
  readonly width?: number;
  readonly height?: number;
  readonly x?: number;
  readonly y?: number;
  readonly children?: readonly ElkNode[];
  readonly edges?: readonly ElkEdge[];
  readonly layoutOptions?: ElkOptions;
}

export interface ElkPoint {
  readonly x: number;
  readonly y: number;
}

export interface ElkEdge {
  readonly id: string;
  readonly sources: readonly string[];
  readonly targets: readonly string[];
  readonly labels?: readonly ElkLabel[];
  readonly sections?: readonly {
    readonly startPoint: ElkPoint;
    readonly endPoint: ElkPoint;
    readonly bendPoints?: readonly ElkPoint[];
  }[];
  readonly layoutOptions?: ElkOptions;
}

export type ElkOptions = Readonly<Record<string, string>>;

/** The two ends of whatever runs elkjs's worker file. */
export interface ElkWorker {
  readonly post: (message: object) => void;
  /** Called once, with what takes the answers, and what to call when none will come any more. */
  readonly listen: (take: (answer: ElkAnswer) => void, fail: (reason: string) => void) => void;
}

export interface ElkAnswer {
  readonly id: number;
  readonly data?: unknown;
  readonly error?: unknown;
}

interface Waiting {
  readonly resolve: (data: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Elk {
  readonly #worker: ElkWorker;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  constructor(worker: ElkWorker) {
    this.#worker = worker;
    worker.listen(
      (answer) => this.#answered(answer),
      (reason) => this.#failed(reason),
    );
    this.#ask({cmd: 'register', algorithms: ['layered']}).catch(() => {});
  }

  /** The graph with its places. Rejects where elkjs fails on it. */
  async layout(graph: ElkNode): Promise<ElkNode> {
    return (await this.#ask({cmd: 'layout', graph})) as ElkNode;
  }

  #ask(message: object): Promise<unknown> {
    const id = this.#count++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {resolve, reject});
      this.#worker.post({...message, id});
    });
  }

  #answered({id, data, error}: ElkAnswer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(data);
    else waiting?.reject(failure(messageOf(error)));
  }

  #failed(reason: string): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const {reject} of waiting) reject(failure(reason));
  }
}

function failure(reason: string): Error {
  return new Error(`the chart cannot be laid out: ${reason}`);
}

function messageOf(error: unknown): string {
  const {message} = error as {readonly message?: unknown};
  return typeof message === 'string' ? message : String(error);
}
