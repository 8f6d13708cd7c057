package reason

// tables hold the reasons in the order of their numbers. Never written after initialisation.
var tables = [...][]Info{readReasons, admissionReasons, recordReasons, sharedReasons, accountReasons, productReasons, certifyReasons, mendReasons, lotReasons, restraintReasons, saleReasons, membershipReasons, supplyReasons, blobReasons}
