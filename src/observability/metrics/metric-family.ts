export type Labels = Readonly<Record<string, string>>;

/**
 * All series of one metric: a cell for each set of its labels' values, made when it is first asked for. Looked up by one value
 * after the other, so that no key has to be put together for each call.
 */
export class MetricFamily<Cell> {
  readonly cells: Cell[] = [];
  readonly #first: string;
  readonly #second: string;
  readonly #make: (labels: Labels) => Cell;
  readonly #byValues = new Map<string, Map<string, Cell>>();

  /** Takes two labels at most; throws `RangeError` for more. */
  constructor(labelNames: readonly string[], make: (labels: Labels) => Cell) {
    const [first = '', second = '', ...others] = labelNames;
    if (others.length > 0) throw new RangeError(`A metric has two labels at most, not ${labelNames.length}`);
    this.#first = first;
    this.#second = second;
    this.#make = make;
  }

  cell(labels: Labels): Cell {
    const first = labels[this.#first] ?? '';
    const second = labels[this.#second] ?? '';
    return this.#byValues.get(first)?.get(second) ?? this.#add(labels, first, second);
  }

  #add(labels: Labels, first: string, second: string): Cell {
    const cell = this.#make(labels);
    const cells = this.#byValues.get(first) ?? new Map<string, Cell>();
    this.#byValues.set(first, cells.set(second, cell));
    this.cells.push(cell);
    return cell;
  }
}
