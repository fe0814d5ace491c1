/** As little as a handler can do. */
export default { fetch: (): Response => new Response('ok') }
