package doctor

import "slices"

// Kinds is everything that a doctor can say, in the order in which findings of one gravity are told.
var Kinds = slices.Concat(settingKinds, fileKinds, nodeKinds, leaderKinds, peerKinds, clockKinds, certifyKinds, diskKinds, keyKinds, habitKinds, outsideKinds)
