/** What of `net` decides how much is said beside calls: its very numbers. */
export { ADVERTS_ASK_RARELY_MS, ADVERTS_PER_FRAME, FILTER_BYTES } from '../../../packages/net/src/limits/adverts.ts'
export { BEAT_MS, IDLE_BEAT_MS, IN_USE_MS, MEASURE_MS } from '../../../packages/net/src/limits/heartbeat.ts'
export { CRIED_BYTES_PER_S, LISTENS_MS, PLACE_TOLD_MS, WARM_TOLD_MS } from '../../../packages/net/src/limits/news.ts'
