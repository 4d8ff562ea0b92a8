document.documentElement.dataset.ready = "true"; export {};
