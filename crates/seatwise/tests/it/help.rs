//! The help of the program. Unit tests in `src/cli/mod.rs` check the help of each command.

use crate::process::run;

#[test]
fn the_short_help_of_the_program() {
    insta::assert_snapshot!(run(["-h"]).expect_success(), @"
    Keeps and explains the licence analytics of a Microsoft cloud partner, and serves them like Partner
    Center

    Usage: seatwise [OPTIONS] <COMMAND>

    Begin:
      demo         Serve a made-up partner, and print its figures and a link
      init         Write a profile with your usual options to the settings file
      login        Sign in to Partner Center or to a Seatwise server, in a browser
      logout       Forget the sign-in on this computer
      doctor       Check the sign-in and the source before you collect

    See:
      usage        Show which share of each workload's qualified seats is active
      deployment   Show which share of the sold seats is deployed
      customers    List the partner's customers
      query        Filter and group the rows of all customers

    See more, with Seatwise alone:
      history      Show figures over time
      changes      Show what changed between two days, and why
      explain      Show the deliveries and rows behind a figure
      coverage     Show whether figures are complete, and what is missing
      idle         Show seats that are sold and not used, and their price
      monthly      Show figures of calendar months, as in Insights
      imports      List imports, with what was stored and what was rejected

    Keep:
      import       Store licence data from files
      collect      Store the licence data of all customers from Partner Center
      runs         List collections, with what was stored and what failed
      status       Show what a data folder holds
      verify       Check every file, delivery and content hash in a data folder
      repair       Repair a data folder after the clock was wrong
      compact      Merge small files, and remove files that are no longer needed
      backup       Copy a data folder, even while a server uses it
      restore      Check a backup, and make a data folder from it
      export       Write flat tables for spreadsheets and other tools
      forget       Erase a customer, or all days before a date, for good

    Serve:
      serve        Answer Partner Center's calls from a data folder, and show pages
      ready        Ask a server whether it is ready, for health checks
      guests       Make, list and revoke links to one customer's pages, for guests

    Test:
      token        Make a token for a server that runs with --dev-identity

    Other:
      completions  Print a completion script for your shell
      man          Write a man page for each command
      help         Show the help of a command

    Options:
          --profile <NAME>  Take options from this profile of the settings file [env: SEATWISE_PROFILE=]
          --config <FILE>   The settings file [env: SEATWISE_CONFIG=]
      -h, --help            Print help (see more with '--help')
      -V, --version         Print version
    ");
}

#[test]
fn completions_have_the_options_of_commands() {
    let script = run(["completions", "bash"]).expect_success();
    assert!(script.contains("--skip-bad-rows"), "{script}");
}
