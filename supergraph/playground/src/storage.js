// What outlives a reload, under names of our own: other pages that use GraphiQL may have been at this origin before.

const prefix = 'excursions/';

export const storage = {
  getItem: (key) => localStorage.getItem(prefix + key),
  setItem: (key, value) => localStorage.setItem(prefix + key, value),
  removeItem: (key) => localStorage.removeItem(prefix + key),
  clear: () => ours().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return ours().length;
  },
};

function ours() {
  return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
}
