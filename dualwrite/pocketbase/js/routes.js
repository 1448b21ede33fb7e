// Routes of dualwrite for superusers. Written by `dualwrite init`; do not edit.
// Every handler runs in a VM of its own and sees nothing of this file, hence the require.

routerAdd("POST", "@BASE@/version", (e) => require(`${__hooks}/@LIBRARY@`).version(e),
  $apis.requireSuperuserAuth());
routerAdd("POST", "@BASE@/read", (e) => require(`${__hooks}/@LIBRARY@`).read(e),
  $apis.requireSuperuserAuth(), $apis.bodyLimit(@BODY_LIMIT@));
routerAdd("POST", "@BASE@/find", (e) => require(`${__hooks}/@LIBRARY@`).find(e),
  $apis.requireSuperuserAuth(), $apis.bodyLimit(@BODY_LIMIT@));
routerAdd("POST", "@BASE@/count", (e) => require(`${__hooks}/@LIBRARY@`).count(e),
  $apis.requireSuperuserAuth(), $apis.bodyLimit(@BODY_LIMIT@));
routerAdd("POST", "@BASE@/scan", (e) => require(`${__hooks}/@LIBRARY@`).scan(e),
  $apis.requireSuperuserAuth(), $apis.bodyLimit(@BODY_LIMIT@));
routerAdd("POST", "@BASE@/digest", (e) => require(`${__hooks}/@LIBRARY@`).digest(e),
  $apis.requireSuperuserAuth(), $apis.bodyLimit(@BODY_LIMIT@));
routerAdd("POST", "@BASE@/put", (e) => require(`${__hooks}/@LIBRARY@`).put(e),
  $apis.requireSuperuserAuth(), $apis.bodyLimit(@BODY_LIMIT@));
routerAdd("POST", "@BASE@/delete", (e) => require(`${__hooks}/@LIBRARY@`).remove(e),
  $apis.requireSuperuserAuth(), $apis.bodyLimit(@BODY_LIMIT@));
routerAdd("POST", "@BASE@/apply", (e) => require(`${__hooks}/@LIBRARY@`).apply(e),
  $apis.requireSuperuserAuth(), $apis.bodyLimit(@BODY_LIMIT@));
