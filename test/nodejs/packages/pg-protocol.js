import { PassThrough } from 'node:stream'
import { parse, serialize } from 'pg-protocol'

/** What PostgreSQL's driver says and hears, over a stream that leads nowhere. */
export default async () => {
  const wire = new PassThrough()
  const heard = []
  const reading = parse(wire, (message) => heard.push({ ...message, name: message.name }))
  // A row of two columns, "7" and null; then how many there were; then that it may be asked again.
  wire.write(Buffer.from('440000000f00020000000137ffffffff', 'hex'))
  wire.end(Buffer.concat([Buffer.from('430000000d53454c454354203100', 'hex'), Buffer.from('5a0000000549', 'hex')]))
  await reading
  return Response.json({
    query: serialize.query('select 1').toString('hex'),
    parse: serialize.parse({ name: 'n', text: 'select $1', types: [23] }).toString('hex'),
    bind: serialize.bind({ portal: 'p', statement: 'n', values: ['1', null, Buffer.from([1])] }).toString('hex'),
    heard: heard.map(({ name, fields, text, status }) => ({ name, fields, text, status })),
  })
}
