/** What of `net` decides how much is said beside calls: its very numbers. */
export {
  ADVERTS_ASK_RARELY_MS,
  ADVERTS_PER_FRAME,
  BEAT_MS,
  CRIED_BYTES_PER_S,
  FILTER_BYTES,
  IDLE_BEAT_MS,
  IN_USE_MS,
  LISTENS_MS,
  MEASURE_MS,
  PLACE_TOLD_MS,
  WARM_TOLD_MS,
} from '../../../packages/net/src/limits.ts'
