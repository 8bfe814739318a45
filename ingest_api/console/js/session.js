// The API key of whoever signed in: in this tab only, gone with it, and never in an address.

const PLACE = "flowserve.key";

export const key = () => sessionStorage.getItem(PLACE);

export const signIn = (value) => sessionStorage.setItem(PLACE, value);

export const signOut = () => sessionStorage.removeItem(PLACE);
