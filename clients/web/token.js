// The server's token, where one is set: from the fragment of the page's address once (`#token=…`, which no server and no log
// sees), or typed in. It is kept for this tab only.

const KEY = "oncue.token";

export function readToken() {
  const match = /^#token=(.+)$/.exec(location.hash);
  if (match) {
    keepToken(decodeURIComponent(match[1]));
    history.replaceState(null, "", location.pathname + location.search);
  }
  return storage()?.getItem(KEY) ?? "";
}

export function keepToken(token) {
  storage()?.setItem(KEY, token);
}

function storage() {
  try {
    return sessionStorage;
  } catch {
    return null; // a browser that keeps nothing
  }
}
