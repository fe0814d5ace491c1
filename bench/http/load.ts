/** What is asked, and by how many connections at once. */
export interface HttpAsking {
  port: number
  host: string
  path: string
  /** Of what is sent with each request; without it is a GET. */
  bodyBytes: number
  /** Of the body of each answer: one of another length has failed. */
  answerBytes: number
  connections: number
}

/** For how long. */
export interface HttpLoad extends HttpAsking {
  forMs: number
  /** Longer, where so many were not answered by then. */
  least?: number
}

export interface HttpLoaded {
  /** Those with status 200 and as many bytes as they should have; the others have failed. */
  answers: number
  failed: number
  perSecond: number
  /** In ms, as p99. */
  p50: number
  p99: number
  /** Processor time of the one who asked, in µs per answer: where it is far below the server's, it holds no server back. */
  cpuUs: number
}
