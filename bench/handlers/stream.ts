const PIECES = 16
const PIECE = new Uint8Array(64 * 1024)

/** 1 MiB, made piece by piece as it is read. */
export default {
  fetch(): Response {
    let left = PIECES
    return new Response(
      new ReadableStream({
        pull(controller) {
          if (left-- > 0) controller.enqueue(PIECE.slice())
          else controller.close()
        },
      }),
    )
  },
}
