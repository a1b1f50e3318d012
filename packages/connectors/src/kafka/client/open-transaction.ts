/** The state of one that has been begun, and is neither committed nor aborted, as coordinators name it. */
export const OPEN_TRANSACTION = 'Ongoing'
