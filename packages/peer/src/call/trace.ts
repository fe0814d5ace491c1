import type { Headers } from '@hither/core'

/** W3C trace context, of which all zeros are no id: version, trace, span, flags. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/

/** The trace that a request belongs to, by its `traceparent`. Undefined where it says none, several, or nothing that is one. */
export function traceOf(headers: Headers): string | undefined {
  const said = headers.filter(([name]) => name.toLowerCase() === 'traceparent')
  const [[, trace] = []] = said
  return said.length === 1 && trace !== undefined && TRACEPARENT.test(trace) ? trace : undefined
}
