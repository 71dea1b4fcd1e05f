/**
 * Gives Node more threads for look-ups of names, of which libuv runs only half as many at a time as
 * there are threads: a name server that is silent must not hold up the names of others. To be imported
 * before anything that starts the pool.
 */
process.env.UV_THREADPOOL_SIZE ??= "32";
