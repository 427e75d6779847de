import type { Arrivals } from "../scenario/scenario";
import type { Randomness } from "./randomness";

interface Span {
  readonly fromS: number;
  readonly endS: number;
  readonly rate: number;
  readonly endRate: number;
}

/** When sessions come, one after the other. */
export class ArrivalTimes {
  private readonly spans: readonly Span[];
  private readonly isEven: boolean;
  private span = 0;

  constructor(
    arrivals: Arrivals,
    private readonly randomness: Randomness,
  ) {
    this.isEven = arrivals.process === "even";
    let fromS = 0;
    this.spans = arrivals.phases.map(({ for_s: forS = Infinity, rate, to_rate: endRate = rate }) => {
      const span = { fromS, endS: fromS + forS, rate, endRate };
      fromS = span.endS;
      return span;
    });
  }

  /** The one after an instant; `Infinity` if none comes any more. */
  after(nowS: number): number {
    let atS = nowS;
    while (this.span < this.spans.length) {
      const span = this.spans[this.span]!;
      atS = Math.max(atS, span.fromS);
      const next = this.isEven ? this.evenlyIn(span, atS) : this.poissonIn(span, atS);
      if (next < span.endS) return next;
      atS = span.endS;
      this.span += 1;
    }
    return Infinity;
  }

  private evenlyIn(span: Span, atS: number): number {
    const rate = rateAt(span, atS);
    return rate === 0 ? span.endS : atS + 1 / rate;
  }

  /** By thinning: candidates at the highest rate, of which as many stay as the rate there is lower (Lewis, Shedler 1979). */
  private poissonIn(span: Span, fromS: number): number {
    const highest = Math.max(span.rate, span.endRate);
    if (highest === 0) return span.endS;
    let atS = fromS;
    while (true) {
      atS += this.randomness.exponential() / highest;
      if (atS >= span.endS || span.rate === span.endRate) return atS;
      if (this.randomness.unit() * highest < rateAt(span, atS)) return atS;
    }
  }
}

function rateAt({ fromS, endS, rate, endRate }: Span, atS: number): number {
  if (rate === endRate) return rate;
  return rate + ((endRate - rate) * (atS - fromS)) / (endS - fromS);
}
