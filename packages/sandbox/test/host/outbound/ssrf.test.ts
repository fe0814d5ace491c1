import { expect, test } from 'vitest'
import { loopback, testDesk } from './desk.ts'

/** F04 of the threats: whatever a function asks for, a sink on this machine sees nobody. */

/** Every spelling of loopback that a URL, a resolver or a tunnel knows; `PORT` is the sink's. */
const LITERALS = [
  'http://127.0.0.1:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://127.0.0.2:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://0x7f.0.0.1:PORT/',
  'http://0x7f.1:PORT/',
  'http://017700000001:PORT/',
  'http://0177.0.0.01:PORT/',
  'http://①②⑦.⓪.⓪.①:PORT/',
  'http://127。0。0。1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://0:PORT/',
  'http://0.0.0.0:PORT/',
  'http://[::1]:PORT/',
  'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[::]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[::ffff:0:127.0.0.1]:PORT/',
  'http://[64:ff9b::127.0.0.1]:PORT/',
  'http://[64:ff9b:1::7f00:1]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
  'http://[2001:0:7f00:1::1]:PORT/',
  'http://localhost:PORT/',
  'http://LOCALHOST:PORT/',
  'http://localhost.:PORT/',
  'http://a.localhost:PORT/',
  'http://10.0.0.1:PORT/',
  'http://172.16.0.1:PORT/',
  'http://192.168.0.1:PORT/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[fd00:ec2::254]/latest/meta-data/',
  'http://100.64.0.1:PORT/',
  'http://192.88.99.1:PORT/',
  'http://224.0.0.1:PORT/',
  'http://255.255.255.255:PORT/',
  'http://[fe80::1]:PORT/',
  'http://[fec0::1]:PORT/',
  'http://[ff02::1]:PORT/',
  'https://127.0.0.1:PORT/',
]

/** What is no request to a host at all. */
const NONSENSE = [
  'http://127.0.0.1:PORT@public.test/',
  'http://user:password@public.test/',
  'http://public.test#@127.0.0.1:PORT/',
  'file:///etc/passwd',
  'ftp://public.test/',
  'gopher://127.0.0.1:PORT/',
  'unix:///run/docker.sock',
  'http:///',
  'http://[::1%25lo]:PORT/',
  'http://127.0.0.1%00.public.test:PORT/',
  'http://public.test:25/',
  'http://public.test:0/',
  'data:text/plain,hello',
  'javascript:1',
  '',
  '//127.0.0.1:PORT/',
]

/** All of the Internet, as far as lists can say: a manifest's author is the attacker here. */
function listing(url: string): string[] {
  const host = URL.parse(url)?.host ?? ''
  return [host, `${host}:80`, 'public.test', 'public.test:25', '*.localhost']
}

test.each(LITERALS)('%s, though its manifest lists it, reaches nothing', async (text) => {
  const sink = await loopback()
  const url = text.replace('PORT', String(sink.port))
  const { fetch } = testDesk({ egress: listing(url) })
  const { error } = await fetch(url)
  expect(error).toMatch(/no function go there|not in the manifest/)
  expect(sink.connections).toBe(0)
})

test.each(NONSENSE)('%s is refused', async (text) => {
  const sink = await loopback()
  const url = text.replace('PORT', String(sink.port))
  const { fetch } = testDesk({ egress: listing(url), resolve: () => Promise.resolve(['127.0.0.1']) })
  expect((await fetch(url)).error).toBeTypeOf('string')
  expect(sink.connections).toBe(0)
})

test.each([
  '127.0.0.1',
  '::1',
  '::ffff:127.0.0.1',
  '0.0.0.0',
  '10.1.2.3',
  '169.254.169.254',
  'fe80::1',
  '2002:7f00:1::',
])('a name that leads to %s reaches nothing', async (address) => {
  const sink = await loopback()
  const { fetch } = testDesk({ egress: [`rebind.test:${sink.port}`], resolve: () => Promise.resolve([address]) })
  expect((await fetch(`http://rebind.test:${sink.port}/`)).error).toMatch(/rebind.test has an address that is/)
  expect(sink.connections).toBe(0)
})

test('a name that leads elsewhere the second time is asked for once', async () => {
  const sink = await loopback()
  let times = 0
  const resolve = async (): Promise<string[]> => (++times === 1 ? ['192.0.2.1'] : ['127.0.0.1'])
  const { fetch } = testDesk({ egress: [`rebind.test:${sink.port}`], resolve })
  expect((await fetch(`http://rebind.test:${sink.port}/`)).error).toMatch(/kept for examples/)
  expect(times).toBe(1)
  expect(sink.connections).toBe(0)
})

test('of several addresses only those that may be reached are tried', async () => {
  const sink = await loopback()
  const open = await loopback()
  const { fetch } = testDesk({
    egress: [`mixed.test:${sink.port}`, `mixed.test:${open.port}`],
    permits: { public: true, also: [{ address: '127.0.0.1', prefix: 32, port: open.port }] },
    resolve: () => Promise.resolve(['10.0.0.1', '127.0.0.1']),
  })
  expect(await fetch(`http://mixed.test:${open.port}/`)).toMatchObject({ status: 200 })
  expect((await fetch(`http://mixed.test:${sink.port}/`)).error).toMatch(/private/)
  expect(sink.connections).toBe(0)
})

test('the machine’s own public address, and its neighbours’, are nobody’s to reach', async () => {
  const own = ['93.184.216.34/24', '2606:2800:220:1::5/64']
  const resolve = async (host: string): Promise<string[]> =>
    host === 'self.test' ? ['93.184.216.34'] : host === 'near.test' ? ['93.184.216.99'] : ['2606:2800:220:1::77']
  const { fetch } = testDesk({ egress: ['self.test', 'near.test', 'six.test'], own, resolve })
  for (const host of ['self.test', 'near.test', 'six.test'])
    expect((await fetch(`http://${host}/`)).error).toMatch(/this machine’s, or of its own network/)
})

test('what an owner permits holds for that place, and never for strangers', async () => {
  const server = await loopback()
  const permits = { public: false, also: [{ address: '127.0.0.0', prefix: 8, port: server.port }] }
  const url = `http://127.0.0.1:${server.port}/`
  const egress = [`127.0.0.1:${server.port}`, '127.0.0.1', 'public.test']
  const resolve = async (): Promise<string[]> => ['93.184.216.34']
  expect(await testDesk({ egress, permits }).fetch(url)).toMatchObject({ status: 200, text: 'hello' })
  expect((await testDesk({ egress, permits }).fetch('http://127.0.0.1/')).error).toMatch(/no function go there/)
  expect((await testDesk({ egress, permits, resolve }).fetch('http://public.test/')).error).toMatch(/to the Internet/)
  const connections = server.connections
  const stranger = { egress, profile: 'strangers' as const }
  expect((await testDesk({ ...stranger, permits }).fetch(url)).error).toMatch(/no function go to the Internet/)
  const open = { ...permits, public: true }
  expect((await testDesk({ ...stranger, permits: open }).fetch(url)).error).toMatch(/no function go there/)
  expect(server.connections).toBe(connections)
})

test('a host that is not in the manifest is not even looked up', async () => {
  const asked: string[] = []
  const resolve = async (host: string): Promise<string[]> => {
    asked.push(host)
    return ['127.0.0.1']
  }
  const { fetch } = testDesk({ egress: ['api.test'], resolve })
  for (const url of ['http://other.test/', 'http://api.test.evil.test/', 'http://x.api.test/', 'http://api.test:81/'])
    expect((await fetch(url)).error).toMatch(/is not in the manifest's `egress`; add it there/)
  expect(asked).toEqual([])
})
