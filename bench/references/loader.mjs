/**
 * workerd's worker loader: whoever asks for `/new` is answered by a worker that was loaded for this request. Anybody else is answered at once, which is
 * what a request costs without the loading.
 */
let loaded = 0

export default {
  fetch(request, { LOADER, CODE }) {
    if (!request.url.endsWith('/new')) return new Response('ok')
    loaded += 1
    const worker = LOADER.get(String(loaded), () => ({
      compatibilityDate: '2026-11-01',
      mainModule: 'main.js',
      modules: { 'main.js': CODE },
    }))
    return worker.getEntrypoint().fetch('http://fn.localhost/')
  },
}
