/** The package's version, written here because the bundled file stands alone. */
export const VERSION = '1.0.0';
