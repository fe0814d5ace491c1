export type Headers = [name: string, value: string][]

/** A request as a handler will see it. Its body travels beside it, never inside. */
export interface RequestHead {
  method: string
  /** Absolute; its host is what the function believes to be called as. */
  url: string
  headers: Headers
}

export interface ResponseHead {
  status: number
  headers: Headers
}
