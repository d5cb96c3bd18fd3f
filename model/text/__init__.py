"""The text front-end: from written Mandarin and English to phones, and from words to feelings."""
