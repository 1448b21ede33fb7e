// A command of the embedded server's: it makes the superuser that standard input names, or changes its password.
// `pocketbase superuser upsert` wants the password on its command line.

$app.rootCmd.addCommand(new Command({
  use: "dualwrite-superuser",
  run: () => {
    const given = JSON.parse(toString($os.readFile("/dev/stdin")));
    let record;
    try {
      record = $app.findAuthRecordByEmail("_superusers", given.identity);
    } catch (_) {
      record = new Record($app.findCollectionByNameOrId("_superusers"));
      record.set("email", given.identity);
    }
    record.setPassword(given.password);
    $app.save(record);
  },
}));
