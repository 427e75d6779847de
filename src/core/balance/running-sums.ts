/** The place of the first of some running sums that is above the point; of the last one if none is. */
export function placeOfPoint(sums: readonly number[], point: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (sums[middle]! > point) high = middle;
    else low = middle + 1;
  }
  return low;
}
