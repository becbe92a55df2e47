/**
 * Apps that show a page in a window of their own, where passkeys are out of reach. An app says so in its user agent or
 * not at all; a browser that is taken for one still works, because the page lets a person try all the same.
 */
const SIGNS = [
  /\bFBA[NV]\//, // Facebook, Messenger
  /\bInstagram\b/,
  /\bLine\//,
  /\bMicroMessenger\//,
  /\bLinkedInApp\b/,
  /\bTwitter for\b/,
  /\bSnapchat\//,
  /\bPinterest\//,
  /\b(musical_ly|BytedanceWebview|TikTok)\b/i,
  /\bGSA\//, // the Google app on iOS
  /; wv\)/, // any Android web view
];

/** @param {string} userAgent */
export function isEmbedded(userAgent) {
  return SIGNS.some((sign) => sign.test(userAgent));
}
