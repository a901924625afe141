// A store that says when something was committed, to whoever shows what is in it.
import type {Store} from './open.ts';

export function tellingStore(store: Store, changed: () => void): Store {
  return {
    ...store,
    transact: (work) =>
      store.transact((tx) => {
        tx.after(changed);
        return work(tx);
      }),
  };
}
