// Package receive bounds what a node holds of messages that are still on their way to it, over all connections of a door.
//
// gRPC reads a message before anybody is asked, as far as the largest that any method accepts, and waits for the rest of it as long as its sender likes. Whoever
// begins messages and ends none thus fills a node's memory, needs no signature for it, and meets no bound of the records that a node has in hand: those count what
// has come. So the messages of calls are read here, a piece at a time, into one buffer that grows with what has come and not with what was announced:
//
//   - each method accepts what it needs, and a longer message is refused when its length is read;
//   - what is being received counts against one bound of the door, from the beginning of a call or of a stream's message until it is there;
//   - at the bound the oldest goes. Who sends a message in one go is never that, so that callers who mean it are served while others hold what they have begun;
//   - and who has not sent all of it after some time is cut off.
//
// It serves both transports of a door: gRPC's own, and net/http's, where gRPC reads on without any bound; there a body gives no more than was asked for.
//
// Waiting for a stream's next message holds nothing here, and may take as long as it likes.
package receive
