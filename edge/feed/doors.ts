// The door that a feed's settings name.
import type {Door, DoorGiven} from './door.ts';
import {createFolderDoor} from './folder/folder-door.ts';
import type {FeedSettings} from './settings.ts';
import {createTcpDoor} from './tcp/tcp-door.ts';

export function createDoor(settings: FeedSettings, given: DoorGiven): Door {
  switch (settings.door) {
    case 'folder':
      return createFolderDoor({...given, settings});
    case 'tcp':
      return createTcpDoor({...given, settings});
  }
}
