import { SourceMap, type SourceMapPayload } from 'node:module'

/** Where something in a bundle comes from; lines and columns count from 1. */
export interface Place {
  file: string
  line: number
  column: number
}

/** How to find the place in the source of one in a bundle, by the text of its source map. Throws where that is none. */
export function placesBy(json: string): (line: number, column: number) => Place | undefined {
  const map = new SourceMap(JSON.parse(json) as SourceMapPayload)
  return (line, column) => {
    const origin = map.findOrigin(line, column)
    if (!('fileName' in origin)) return undefined
    return { file: origin.fileName, line: origin.lineNumber, column: origin.columnNumber }
  }
}
