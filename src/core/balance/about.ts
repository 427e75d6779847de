/** The options of those that ship, for people who write a config in an editor that knows its schema. */
export const OPTIONS_IN_SHORT =
  'round_robin (start: 0), least_conn, random_two, hash (table: "maglev" or "ring", balance_factor: 1.25, ' +
  'table_size: 65537 for maglev, points: 160 for ring), peak_ewma (tau: "10s")';
