/** The 2048 English words of BIP-39, in their order: 11 bits a word. */
import { wordlist } from "@scure/bip39/wordlists/english.js";

export const WORDS: readonly string[] = wordlist;
